raise ImportError("no module named what is missing")
