"""The eval suite: `python -m eval --help`."""
