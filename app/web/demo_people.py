"""The sign-ins of the demo, shown on the sign-in page while the installation is one: e-mail, who it is, what to look at."""

from app.text.words import lazy as _l

#: (e-mail, name, role in words); the cast itself is made by ``app.demo.cast``
DEMO_PEOPLE = [
    ("carla@nordlicht.example", "Carla Möller", _l("Operator: partners, contracts, prices")),
    ("theo@nordlicht.example", "Theo Lindner", _l("Operator: charge points and commands")),
    ("fiona@nordlicht.example", "Fiona Petersen", _l("Operator: settlement and documents")),
    ("aylin@nordlicht.example", "Aylin Demir", _l("Operator: hotline")),
    ("anke@nordlicht.example", "Anke Brandt", _l("Operator: administration")),
    ("olga@sommer.example", "Olga Sommer", _l("Partner Sommer: owner")),
    ("pia@sommer.example", "Pia Engel", _l("Partner Sommer: accounts")),
    ("willi@winter.example", "Willi Winter", _l("Partner Winter: owner")),
    ("silke@kueste.example", "Silke Jensen", _l("Sub-operator Küste")),
]
