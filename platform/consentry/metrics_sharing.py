"""One answer for several processes: what each counted, added up.

Whoever scrapes reaches any one of the workers behind a port. So each writes its figures to a
file of its own every few seconds, and the one that is asked adds those of the others to its
own. A worker takes over the file of the dead one whose place it fills, and goes on counting
from there: a counter never falls.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import orjson
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector

Labels = tuple[tuple[str, str], ...]
Figures = dict[str, dict[tuple[str, Labels], float]]
"""By family, then by the name and labels of a sample."""

_ADDED = ("counter", "histogram")
_ALSO_SHOWN = (*_ADDED, "gauge")


class Sharing(Collector):
    """The figures of all workers, seen from one of them."""

    def __init__(
        self,
        registry: CollectorRegistry,
        directory: Path,
        place: int,
        alike: Collection[str] = frozenset(),
    ) -> None:
        """place: which of the workers this is; two alive at once never have the same.

        alike: families of the deployment, which every worker knows by itself; not added up.
        """
        self._registry, self._alike = registry, alike
        self._directory = directory
        self._file = directory / f"{place}.json"
        self._inherited = _read(self._file, _ADDED)

    def publish(self) -> None:
        """Write down what was counted here and by the predecessors."""
        own = list(self._registry.collect())
        types = {family.name: family.type for family in own}
        document = {
            family: [types.get(family, ""), [[*key, value] for key, value in samples.items()]]
            for family, samples in _sum([self._inherited, _figures(own)]).items()
        }
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(orjson.dumps(document))
        fresh.replace(self._file)

    def collect(self) -> Iterator[Metric]:
        """Every family of this process, with the samples of all added up."""
        others = [
            _read(file, _ALSO_SHOWN)
            for file in sorted(self._directory.glob("*.json"))
            if file != self._file
        ]
        own = list(self._registry.collect())
        figures = _sum([_figures(own), self._inherited, *others])
        for family in own:
            added = family.name not in self._alike
            yield _with_samples(family, figures.get(family.name, {})) if added else family


def _with_samples(family: Metric, samples: dict[tuple[str, Labels], float]) -> Metric:
    if family.type not in _ALSO_SHOWN:
        return family
    # Of exemplars, which cannot be added up, those of the worker that was asked.
    exemplars = {(one.name, tuple(one.labels.items())): one.exemplar for one in family.samples}
    added = Metric(family.name, family.documentation, family.type)
    for (name, labels), value in samples.items():
        added.add_sample(name, dict(labels), value, exemplar=exemplars.get((name, labels)))
    return added


def _figures(families: Iterable[Metric]) -> Figures:
    return {
        family.name: {
            (sample.name, tuple(sample.labels.items())): sample.value for sample in family.samples
        }
        for family in families
        if family.type in _ALSO_SHOWN
    }


def _sum(parts: Iterable[Figures]) -> Figures:
    total: Figures = {}
    for part in parts:
        for family, samples in part.items():
            of_family = total.setdefault(family, {})
            for key, value in samples.items():
                of_family[key] = of_family.get(key, 0.0) + value
    return total


def _read(file: Path, types: tuple[str, ...]) -> Figures:
    try:
        document = orjson.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    return {
        family: {
            (name, tuple((label, of) for label, of in labels)): value
            for name, labels, value in samples
        }
        for family, (kind, samples) in document.items()
        if kind in types
    }
