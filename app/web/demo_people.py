"""The sign-ins of the demo, shown on the sign-in page while the installation is one: e-mail, who it is, what to look at."""

from app.text.words import lazy as _l

#: (e-mail, name, role in words); the cast itself is made by ``app.demo.cast``
DEMO_PEOPLE = [
    ("carla@nordlicht.example", "Carla Möller", _l("Operator: partners, contracts, prices")),
    ("conrad@nordlicht.example", "Conrad Weiss", _l("Operator: second person for contracts and prices")),
    ("theo@nordlicht.example", "Theo Lindner", _l("Operator: charge points and commands")),
    ("fiona@nordlicht.example", "Fiona Petersen", _l("Operator: settlement and documents")),
    ("felix@nordlicht.example", "Felix Aydin", _l("Operator: second person for money")),
    ("aylin@nordlicht.example", "Aylin Demir", _l("Operator: hotline")),
    ("anke@nordlicht.example", "Anke Brandt", _l("Operator: administration")),
    ("olga@sommer.example", "Olga Sommer", _l("Partner Sommer: owner")),
    ("moritz@sommer.example", "Moritz Klein", _l("Partner Sommer: manager")),
    ("pia@sommer.example", "Pia Engel", _l("Partner Sommer: accounts")),
    ("willi@winter.example", "Willi Winter", _l("Partner Winter: owner")),
    ("silke@kueste.example", "Silke Jensen", _l("Sub-operator Küste")),
]
