namespace Pacs.Storage.Security;

/// <summary>What a key may do; each includes those before it.</summary>
public enum ApiKeyScope : short
{
    /// <summary>Search and fetch.</summary>
    Read = 1,
    /// <summary>Store, and start jobs.</summary>
    Write = 2,
    /// <summary>Delete, configure.</summary>
    Admin = 3,
}
