"""What a person agreed to: asked in plain words, remembered per client and API, withdrawn at any time."""
