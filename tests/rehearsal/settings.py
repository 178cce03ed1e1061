"""The shop's own settings. All that it writes lands in one folder, and its mail does too, whatever `.env` says."""

import os
from pathlib import Path

from petshop.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["REHEARSAL_FOLDER"]) / "static"
MEDIA_ROOT = Path(os.environ["REHEARSAL_FOLDER"]) / "media"
STORAGES["private"]["OPTIONS"]["location"] = os.path.join(os.environ["REHEARSAL_FOLDER"], "private")  # noqa: F405
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": os.environ["MAIL_DIR"]},
    }
}
