namespace Pacs.Storage.Gateway;

/// <summary>How far an object is on its way to an archive. The numbers are what the database keeps, except for the last.</summary>
public enum GatewayObjectState
{
    /// <summary>To be uploaded.</summary>
    Pending = 0,
    /// <summary>The archive said that it stored it; that has still to be verified.</summary>
    Uploaded = 1,
    /// <summary>It is there.</summary>
    Verified = 2,
    /// <summary>It cannot be stored there: it stays here until somebody tries again.</summary>
    Error = 3,
    /// <summary>It is there, and its file is here no more.</summary>
    Removed = 4,
}
