"""Whether a policy fits the settings, and its words the notices: asked by `check` and before `serve` opens its doors."""

from gateway.model.judgement import Tls
from gateway.model.settings import RouteSettings, Settings
from gateway.policy import Policy
from gateway.policy.problems import Problem, Severity
from gateway.service.own_words import wrong_words


def misfits(policy: Policy, settings: Settings) -> tuple[Problem, ...]:
    """Everything that would send mail the wrong way, errors first."""
    found = [
        *unknown_routes(policy, settings),
        *live_2009(policy, settings),
        *weak_routes(policy, settings),
        *blind_routes(settings),
        *unknown_clients(policy, settings),
        *wrong_words(policy),
    ]
    return tuple(sorted(found, key=lambda problem: problem.severity is not Severity.ERROR))


def problem(settings: Settings, words: str, remedy: str, code: str, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(settings.source or "settings", 1, 1, words, remedy, severity, code)


def unknown_routes(policy: Policy, settings: Settings) -> list[Problem]:
    names = [name for name in sorted(policy.routes) if settings.route(name) is None]
    return [
        problem(settings, f"the policy uses route '{name}', which is not set", "Add it under 'routes'.", "route.unknown") for name in names
    ]


def live_2009(policy: Policy, settings: Settings) -> list[Problem]:
    """The suffix that the guidance of 2009 prints is one letter away from the real one and belongs to somebody else."""
    table = policy.table
    route = settings.route(table.bridge.way.route)
    if table.for_live_use or route is None or route.is_local:
        return []
    words = f"the table {table.name} must not be used on a live site: its suffix '{policy.suffix}' is not that of today's CJSM"
    return [problem(settings, words, "Choose 'table: uk-modern' in policy.yaml.", "table.retired")]


def weak_routes(policy: Policy, settings: Settings) -> list[Problem]:
    """Mail that counts as secure may not travel below verified TLS, unless it does not leave this machine."""
    found = []
    protecting = {route.name for route in settings.routes if route.protects}
    for name in sorted(policy.secure_routes | protecting):
        route = settings.route(name)
        if route is not None and is_weak(route):
            words = f"route '{name}' carries secure mail with tls: {route.tls.word}"
            found.append(problem(settings, words, "Write 'tls: verify' (or dane).", "route.weak"))
    return found


def is_weak(route: RouteSettings) -> bool:
    return not route.is_local and route.tls < Tls.VERIFY


def blind_routes(settings: Settings) -> list[Problem]:
    """DANE without a resolver that validates would defer every message."""
    return [
        problem(
            settings,
            f"route '{route.name}' asks for tls: dane, and dns.validating is false",
            "Name a validating resolver under 'dns'.",
            "route.blind",
        )
        for route in settings.routes
        if route.tls >= Tls.DANE and not route.outbox and not settings.dns.validating
    ]


def unknown_clients(policy: Policy, settings: Settings) -> list[Problem]:
    """Each listed client belongs to an organisation of the policy; a bare network only with a single one."""
    found = []
    for point in settings.listen:
        for client in point.clients:
            if not client.organisation and len(policy.organisations) > 1:
                words = f"client {client.network} does not say whose mail server it is"
                found.append(problem(settings, words, "Write {from: ..., organisation: ...}.", "client.organisation"))
            elif client.organisation and policy.organisation(client.organisation) is None:
                keys = ", ".join(organisation.key for organisation in policy.organisations)
                words = f"client {client.network} belongs to '{client.organisation}', which the policy does not know"
                found.append(problem(settings, words, f"The policy knows: {keys}.", "client.organisation"))
    return found
