namespace Pacs.Storage.Access;

/// <summary>What an access rule does with the associations that it matches.</summary>
public enum AccessAction
{
    /// <summary>Accepts them, also of callers that are no known peers.</summary>
    Allow,
    /// <summary>Rejects them.</summary>
    Deny,
}
