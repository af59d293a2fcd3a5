"""What gunicorn serves: the web application of this process's settings."""

import gc

# nothing that is read at the start is ever let go of, so looking for it is a waste
gc.disable()

from app.factory import create_app  # noqa: E402
from app.runtime.health import as_json, check_all  # noqa: E402
from app.settings import from_environment  # noqa: E402
from app.web.templating import read_ahead  # noqa: E402

_settings = from_environment()
app = create_app(_settings, checks=lambda: as_json(check_all(_settings)))
read_ahead(app)

# what is here stays, and is shared by the processes that are forked from this one
gc.freeze()
gc.enable()
