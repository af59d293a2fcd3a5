"""Tariff groups: who pays what where."""

from app.text.words import lazy as _l

REFUSALS = {
    "group_archived": _l("This tariff group is archived."),
    "group_changed": _l("Somebody changed these lines meanwhile. Look at them again."),
    "group_in_use": _l("This group still counts at %(count)s places. Take it off there first."),
    "nothing_to_publish": _l("There are no unpublished changes."),
    "too_many_group_lines": _l("A group has %(most)s lines at most."),
    "line_without_condition": _l("Say for whom this line is. Whoever fits no line pays as everyone else."),
    "reason_needed": _l("Say why the price differs from everyone else's (%(clause)s)."),
    "unknown_tariff": _l("There is no such tariff for this group."),
    "unknown_user_group": _l("There is no such group of people: %(value)s."),
    "user_group_not_alone": _l("Several groups are called %(value)s. Name one by its code."),
    "unknown_place": _l("There is no such place, or it is not yours."),
    "other_partners_group": _l("This group belongs to another partner."),
    "days_turned_round": _l("The last day comes before the first."),
    "unknown_target": _l("There is no such tariff or group."),
    "list_changed": _l("The list has changed since the preview. Look at it again, then confirm."),
    "nothing_to_assign": _l("Nothing would change: every EVSE has this already or cannot have it."),
    "too_many_bulk_evses": _l("More than %(most)s EVSEs at once. Narrow the filter."),
    "undo_not_now": _l("This cannot be undone, or is still under way."),
    "undone_already": _l("This was undone already."),
    "nothing_to_undo": _l("Nothing to undo: every EVSE got something else meanwhile."),
    "assign_rows_wrong": _l("Rows that cannot be followed: %(count)s. Nothing was changed."),
    "assign_not_utf8": _l("The file is not UTF-8 text. Save it as CSV UTF-8."),
    "assign_columns": _l("The first row must name the columns %(columns)s."),
    "too_many_targets": _l("The file names more than %(most)s different tariffs and groups."),
    "tariff_in_group": _l("Tariff groups still name this tariff: %(count)s. Change their lines first."),
}

NOTES = {
    "tariff-group-created": _l("Tariff group created. Add lines, then say where it counts."),
    "tariff-group-drafted": _l("Kept in the draft. Drivers pay by it once it is published."),
    "tariff-group-discarded": _l("Changes discarded."),
    "tariff-group-published": _l("Lines are published. Running sessions keep their price."),
    "tariff-group-attached": _l("The group counts there from the next quarter of an hour, or from the time given."),
    "tariff-group-detached": _l("Taken off. From the next quarter of an hour the level above counts there."),
    "bulk-started": _l("Started. This page shows how far it is."),
    "bulk-undoing": _l("Undoing. This page shows how far it is."),
    "user-group-created": _l("Group of people created."),
}

EVENTS = {
    "TariffGroupCreated": _l("Tariff group created"),
    "TariffGroupPublished": _l("Lines of a tariff group published"),
    "TariffGroupArchived": _l("Tariff group archived"),
    "TariffGroupAttached": _l("Tariff group attached or taken off"),
    "BulkAssignmentStarted": _l("Prices for many EVSEs started"),
    "BulkAssignmentDone": _l("Prices for many EVSEs given"),
    "UserGroupCreated": _l("Group of people created"),
}

JOBS = {
    "tariffs.assign": _l("Give prices to many EVSEs"),
}
