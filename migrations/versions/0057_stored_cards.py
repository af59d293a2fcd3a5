"""0057: cards that drivers store at the payment provider, to pay their own part with after each charge."""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

#: the driver, the operator's own people and the house; never the partner, whose business a private card is not
OWN = "operator_id = (select voltpact_operator()) and (select voltpact_all_partners())"

TABLES = """
create table stored_card (
    id uuid not null constraint pk_stored_card primary key,
    operator_id uuid not null constraint fk_stored_card_operator_id references operator (id),
    partner_id uuid constraint fk_stored_card_partner_id references partner (id),
    driver_id uuid not null constraint fk_stored_card_driver_id references driver (id),
    provider text not null,
    provider_ref text,
    key text not null constraint uq_stored_card_key unique,
    state text not null,
    name text not null,
    token text,
    card_brand text,
    card_last4 text,
    expires_on date,
    is_default boolean not null,
    consent text not null,
    consent_at timestamptz not null,
    page_url text,
    failure text,
    created_at timestamptz not null,
    stored_at timestamptz,
    removed_at timestamptz,
    constraint uq_stored_card_provider_provider_ref unique (provider, provider_ref),
    constraint ck_stored_card_state check (state in ('created', 'to_confirm', 'failed', 'stored', 'removed')),
    constraint ck_stored_card_token check ((state = 'stored') = (token is not null)),
    constraint ck_stored_card_default check (state = 'stored' or not is_default)
);
create index ix_stored_card_partner_id on stored_card (partner_id);
create index ix_stored_card_driver_id on stored_card (driver_id);
create unique index uq_stored_card_default on stored_card (driver_id) where is_default;
comment on column stored_card.token is 'the provider''s word for the card; with brand, last four and expiry all that is kept of it';
comment on column stored_card.consent is 'what the driver agreed to, as it was shown; stays as proof when the card is gone';

alter table payment add column stored_card_id uuid constraint fk_payment_stored_card_id references stored_card (id);
comment on column payment.stored_card_id is 'charged to this card without the driver; null: the card was typed for it';
create index ix_payment_stored_card_id on payment (stored_card_id) where stored_card_id is not null;

create function door_stored_card(p_provider text, p_ref text)
  returns table (operator_id uuid, stored_card_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select c.operator_id, c.id from stored_card c where c.provider = p_provider and c.provider_ref = p_ref
$$;

alter table driver_link drop constraint ck_driver_link_purpose,
  add constraint ck_driver_link_purpose check (purpose in ('company', 'sign_in', 'pay'));

alter table testprovider_hold add column saves boolean not null default false, add column token text,
  add column card_expires_on date,
  add constraint uq_testprovider_hold_token unique (token), drop constraint ck_testprovider_hold_captured,
  add constraint ck_testprovider_hold_captured check ((amount_minor > 0) <> saves and captured_minor between 0 and amount_minor);
alter table testprovider_hold alter column saves drop default;
comment on column testprovider_hold.saves is 'reserves nothing: the card is stored, and charged later by its token';
comment on column testprovider_hold.behaviour is
  'what the card number asks for: late, duplicate, and of a stored card to be declined or to ask first';
"""


def upgrade() -> None:
    """The table with its guards, a door, a link to pay, and what the test provider remembers."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run("alter table stored_card enable row level security; alter table stored_card force row level security")
    run(f"create policy tenant on stored_card to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on stored_card to voltpact_worker using (true) with check (true)")
    run("grant select, insert, update on stored_card to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget cards and links to pay; payments stay."""
    op.get_bind().connection.cursor().execute(
        """
        delete from testprovider_event where hold_id in (select id from testprovider_hold where saves);
        delete from testprovider_hold where saves;
        alter table testprovider_hold drop constraint ck_testprovider_hold_captured, drop column saves, drop column token,
          drop column card_expires_on,
          add constraint ck_testprovider_hold_captured check (amount_minor > 0 and captured_minor between 0 and amount_minor);
        comment on column testprovider_hold.behaviour is 'what the card number asks for: late, duplicate';
        delete from driver_link where purpose = 'pay';
        alter table driver_link drop constraint ck_driver_link_purpose,
          add constraint ck_driver_link_purpose check (purpose in ('company', 'sign_in'));
        drop function door_stored_card(text, text);
        alter table payment drop column stored_card_id;
        drop table stored_card;
        """
    )
