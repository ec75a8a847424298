"""What is most worth knowing, and the way to the rest."""

from starlette.responses import Response

from consentry.operations.consents import connected_apps
from consentry.operations.sessions import sessions_of
from consentry_admin.account.views import app_view
from consentry_admin.visit import Visit, for_person

FEW = 4


@for_person
async def show(visit: Visit) -> Response:
    """Profile, connected apps and sessions, each in short."""
    ctx, user_id = visit.ctx, visit.user.user_id
    apps = await connected_apps(ctx, user_id)
    sessions = await sessions_of(ctx, user_id, visit.current.login.login_id)
    return visit.page(
        "account/overview.html",
        apps=[app_view(ctx, app) for app in apps[:FEW]],
        app_count=len(apps),
        session=next((one for one in sessions if one.is_current), None),
        other_sessions=len(sessions) - 1,
        member_since=visit.user.created_at,
    )
