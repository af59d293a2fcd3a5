"""Floor 5: papers as PDF (Jinja and WeasyPrint, no web; rendered in the task worker only) and lists as files."""
