"""What uvicorn serves: ``uvicorn app.stream.main:app``. Nothing but the composition of the process."""

from __future__ import annotations

import logging

from app.settings import from_environment
from app.stream.server import make_app

_settings = from_environment()
logging.basicConfig(level=_settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
app = make_app(_settings)
