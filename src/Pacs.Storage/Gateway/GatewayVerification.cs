namespace Pacs.Storage.Gateway;

/// <summary>When an uploaded object counts as safe at the archive. Of each upload at least one object per transfer syntax is read back, whatever is chosen.</summary>
public enum GatewayVerification
{
    /// <summary>The response to the upload names it as stored (PS3.18 §10.5.3).</summary>
    Response,
    /// <summary>And a search at the archive finds it.</summary>
    Search,
    /// <summary>And it is read back: its data set is the same, byte for byte.</summary>
    Checksum,
}
