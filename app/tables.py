"""Every model of the house, imported once, so that metadata is complete for migrations and mappers."""

from app.domain.change_orders import models as change_orders
from app.domain.contracts import handover_models as handover
from app.domain.contracts import models as contracts
from app.domain.drivers import models as drivers
from app.domain.integrations import models as integrations
from app.domain.invoices import models as invoices
from app.domain.ledger import models as ledger
from app.domain.network import access_models as point_access
from app.domain.network import kept_models as network_kept
from app.domain.network import models as network
from app.domain.network import photos
from app.domain.payments import models as payments
from app.domain.payments.testcard import models as testcard
from app.domain.people import bank_models as bank
from app.domain.people import draft_models as drafts
from app.domain.people import feature_models as features
from app.domain.people import models as people
from app.domain.people import notice_models as notices
from app.domain.people import paper_models as papers
from app.domain.people import service_packages, user_groups
from app.domain.sessions import models as sessions
from app.domain.sessions import quiet_sites
from app.domain.sessions import refund_models as refunds
from app.domain.settlement import models as settlement
from app.domain.tariffs import bulk_models as bulk_assignments
from app.domain.tariffs import curve_models as curves
from app.domain.tariffs import electricity_models as electricity
from app.domain.tariffs import energy_bars
from app.domain.tariffs import groups_models as tariff_groups
from app.domain.tariffs import models as tariffs
from app.domain.today import kept_days
from app.domain.today import models as today
from app.work import audit, jobs

__all__ = [
    "audit",
    "bank",
    "bulk_assignments",
    "change_orders",
    "contracts",
    "curves",
    "drafts",
    "drivers",
    "electricity",
    "energy_bars",
    "features",
    "handover",
    "integrations",
    "invoices",
    "jobs",
    "kept_days",
    "ledger",
    "network",
    "network_kept",
    "notices",
    "papers",
    "payments",
    "people",
    "photos",
    "point_access",
    "quiet_sites",
    "refunds",
    "service_packages",
    "sessions",
    "settlement",
    "tariff_groups",
    "tariffs",
    "testcard",
    "today",
    "user_groups",
]
