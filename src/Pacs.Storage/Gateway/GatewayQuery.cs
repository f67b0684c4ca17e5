namespace Pacs.Storage.Gateway;

/// <summary>Who answers C-FIND and QIDO-RS where an archive stands behind this one.</summary>
public enum GatewayQuery
{
    /// <summary>The index here.</summary>
    Local,
    /// <summary>The archive.</summary>
    Archive,
    /// <summary>Both: what is here first, then what only the archive has.</summary>
    Merged,
}
