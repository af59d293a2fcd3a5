"""What gunicorn serves: the web application of this process's settings."""

from app.factory import create_app
from app.runtime.health import as_json, check_all
from app.settings import from_environment

_settings = from_environment()
app = create_app(_settings, checks=lambda: as_json(check_all(_settings)))
