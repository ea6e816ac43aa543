"""Python SDK of Alter Vault: call any HTTP API with a grant, never with a credential.

    async with AlterVault(caller="email-bot") as vault:
        response = await vault.request(HttpMethod.GET, "https://api.example.com/v1/me", grant_id=GRANT_ID)

`alter_sdk.sync` has the same clients for programs without asyncio.
"""

from .app import Agent, AlterVault, App
from .approvals import ApprovalPendingError, Approvals, PendingApproval
from .core.approval_state import ApprovalStatus
from .core.call import AwaitApproval, CallOptions, Context, PresignOptions, ProxyOptions, RequestOptions
from .core.release import PresignedUrl
from .drop_in import AlterTransport, SyncAlterTransport, TransportOptions
from .errors import (
    AlterError,
    ApprovalCancelledError,
    ApprovalDeniedError,
    ApprovalEndedError,
    ApprovalExpiredError,
    ApprovalStaleError,
    AuthenticationError,
    ClosedError,
    ConflictError,
    EgressDeniedError,
    ErrorIssue,
    GrantExpiredError,
    GrantRevokedError,
    HostNotAllowedError,
    IntegrityError,
    InternalError,
    InvalidRequestError,
    NotFoundError,
    PayloadTooLargeError,
    PolicyViolationError,
    ProxyRequiredError,
    QuotaExceededError,
    RateLimit,
    RateLimitedError,
    RoleRefusedError,
    UpstreamError,
    VaultUnavailableError,
    VaultUnreachableError,
)
from .errors import PermissionError as PermissionError
from .errors import TimeoutError as TimeoutError
from .http_method import HttpMethod
from .proxy_result import ProxyResult
from .version import VERSION as __version__

# Without PermissionError and TimeoutError, so that `import *` hides no builtins; both are subclasses of these.
__all__ = [
    "Agent",
    "AlterError",
    "AlterTransport",
    "AlterVault",
    "App",
    "ApprovalCancelledError",
    "ApprovalDeniedError",
    "ApprovalEndedError",
    "ApprovalExpiredError",
    "ApprovalPendingError",
    "ApprovalStaleError",
    "ApprovalStatus",
    "Approvals",
    "AuthenticationError",
    "AwaitApproval",
    "CallOptions",
    "ClosedError",
    "ConflictError",
    "Context",
    "EgressDeniedError",
    "ErrorIssue",
    "GrantExpiredError",
    "GrantRevokedError",
    "HostNotAllowedError",
    "HttpMethod",
    "IntegrityError",
    "InternalError",
    "InvalidRequestError",
    "NotFoundError",
    "PayloadTooLargeError",
    "PendingApproval",
    "PolicyViolationError",
    "PresignOptions",
    "PresignedUrl",
    "ProxyOptions",
    "ProxyRequiredError",
    "ProxyResult",
    "QuotaExceededError",
    "RateLimit",
    "RateLimitedError",
    "RequestOptions",
    "RoleRefusedError",
    "SyncAlterTransport",
    "TransportOptions",
    "UpstreamError",
    "VaultUnavailableError",
    "VaultUnreachableError",
    "__version__",
]
