"""Words of lists taken away as files."""

from app.text.words import lazy as _l

REFUSALS = {
    "too_long_a_file": _l("The file would have more than %(most)s lines. Narrow the filter and ask again."),
    "longer_than_package": _l(
        "The file would have more than %(most)s lines, which is what your service package allows. "
        "Narrow the filter, or ask the operator for another package."
    ),
}
JOBS = {
    "exports.audit": _l("Export the audit log"),
    "exports.charge-points": _l("Export charge points"),
    "exports.contracts": _l("Export contracts"),
    "exports.drivers": _l("Export drivers"),
    "exports.locations": _l("Export locations"),
    "exports.partners": _l("Export partners"),
    "exports.sessions": _l("Export sessions"),
    "exports.sub-operators": _l("Export sub-operators"),
    "exports.tariffs": _l("Export tariffs"),
}
