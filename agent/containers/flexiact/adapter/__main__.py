import os
from pathlib import Path

from .model import FlexiAct
from .server import serve

if __name__ == "__main__":
    serve(FlexiAct(code=Path("/flexiact"), models=Path(os.environ.get("STUDIO_MODELS", "/models"))))
