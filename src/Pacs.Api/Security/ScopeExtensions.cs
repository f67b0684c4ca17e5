using Pacs.Storage.Security;

namespace Pacs.Api.Security;

internal static class ScopeExtensions
{
    /// <summary>Closes endpoints to requests without a key of this scope, as soon as any key exists.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, ApiKeyScope scope) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RequiredScope(scope));
}
