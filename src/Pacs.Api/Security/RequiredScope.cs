using Pacs.Storage.Security;

namespace Pacs.Api.Security;

/// <summary>What an endpoint asks of an API key once there is one. Endpoints without it are open.</summary>
internal sealed record RequiredScope(ApiKeyScope Scope);
