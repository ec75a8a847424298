"""What `/api/v1` can do, the command line can do."""

import argparse

import pytest

from consentry.api.resources import OF_OPERATORS, OF_TENANTS
from consentry.cli.entry import command_parser

OPERATIONS = sorted({one.name for part in (*OF_TENANTS, *OF_OPERATORS) for one in part.operations})
# Who types is no person with a browser: what is one's own there is done to a user by name here.
COMMANDS = {
    "get_me": None,
    "get_csrf": None,
    "list_my_sessions": "session list",
    "end_my_other_sessions": "session end",
    "end_my_session": "session end",
    "list_my_consents": "consent list",
    "withdraw_my_consent": "consent withdraw",
    "withdraw_my_scope": "consent withdraw",
    "list_my_activity": "audit list",
    "get_my_profile": "user show",
    "set_my_profile": "user set",
    "set_my_password": "user set-password",
    "get_my_data": "user data",
    "delete_me": "user delete",
    "list_clients": "client list",
    "create_client": "client create",
    "get_client": "client show",
    "update_client": "client set",
    "delete_client": "client delete",
    "list_secrets": "client secret list",
    "create_secret": "client secret add",
    "finish_rotation": "client secret finish",
    "revoke_secret": "client secret remove",
    "list_members": "client member list",
    "set_member": "client member add",
    "remove_member": "client member remove",
    "list_users": "user list",
    "create_user": "user create",
    "get_user": "user show",
    "update_user": "user set",
    "delete_user": "user delete",
    "set_password": "user set-password",
    "invite_user": "user invite",
    "list_sessions": "session list",
    "end_sessions": "session end",
    "list_consents": "consent list",
    "withdraw_consent": "consent withdraw",
    "withdraw_scope": "consent withdraw",
    "list_authorizations": "authorization list",
    "get_authorization": "authorization show",
    "revoke_authorization": "authorization revoke",
    "revoke_authorizations": "authorization revoke-all",
    "list_scopes": "scope list",
    "create_scope": "scope set",
    "get_scope": "scope list",
    "update_scope": "scope set",
    "delete_scope": "scope remove",
    "list_apis": "api list",
    "create_api": "api set",
    "get_api": "api list",
    "update_api": "api set",
    "delete_api": "api remove",
    "list_own_domains": "domain list",
    "remove_own_domain": "domain remove",
    "list_claims": "domain list",
    "claim_domain": "domain claim",
    "get_claim": "domain list",
    "drop_claim": "domain unclaim",
    "check_claim": "domain check",
    "list_keys": "key list",
    "rotate_key": "key rotate",
    "get_key": "key list",
    "revoke_key": "key revoke",
    "get_policy": "policy show",
    "update_policy": "policy set",
    "try_policy": "policy set",
    "list_webhooks": "webhook list",
    "create_webhook": "webhook create",
    "get_webhook": "webhook show",
    "update_webhook": "webhook set",
    "delete_webhook": "webhook delete",
    "rotate_webhook_secret": "webhook rotate-secret",
    "send_test": "webhook test",
    "replay_failed": "webhook replay",
    "list_deliveries": "webhook deliveries",
    "get_delivery": "webhook deliveries",
    "replay_delivery": "webhook replay",
    "list_logouts": "logout list",
    "list_client_logouts": "logout list",
    "tell_logout_again": "logout again",
    # When a client last proved itself stands beside its secrets.
    "list_uses": "usage last",
    "count_uses": "usage show",
    "list_events": "audit list",
    "list_refusals": "request list",
    "list_requests": "request list",
    "show_request": "request show",
    "list_tenants": "tenant list",
    "create_tenant": "tenant create",
    "get_tenant": "tenant show",
    "count_tenant": "tenant counts",
    "update_tenant": "tenant rename",
    "delete_tenant": "tenant delete",
    "restore_tenant": "tenant restore",
    "list_domains": "domain list",
    "add_domain": "domain add",
    "remove_domain": "domain remove",
    "list_jobs": "jobs list",
    "show_backlog": "jobs list",
    "run_job": "jobs run",
    "pause_job": "jobs pause",
    "resume_job": "jobs resume",
    "list_dead_effects": "jobs dead",
    "retry_effect": "jobs retry",
}


def has(command: str) -> bool:
    """Whether there is such a command."""
    parser = command_parser()
    for word in command.split():
        [inner] = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
        if word not in inner.choices:
            return False
        parser = inner.choices[word]
    return parser.get_default("do") is not None


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_of_the_api_is_a_command(operation: str) -> None:
    command = COMMANDS[operation]
    assert command is None or has(command)
