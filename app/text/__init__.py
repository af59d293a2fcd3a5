"""Floor 2d: languages, formats, sentences for codes, charts, Jinja without Flask. Knows no database and no request."""
