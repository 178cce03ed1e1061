"""Files to which no address leads."""

from django.core.files.storage import FileSystemStorage


class PrivateFiles(FileSystemStorage):
    """A folder that nothing serves: without a base address Django would make one below MEDIA_URL."""

    def url(self, name):
        raise ValueError("No address leads to this file.")
