namespace Pacs.Storage.Access;

/// <summary>Which storage SOP classes are taken over DIMSE.</summary>
public enum SopClassScope
{
    /// <summary>Those of PS3.4, retired ones included.</summary>
    Standard,
    /// <summary>Those, and private ones: UIDs outside 1.2.840.10008.</summary>
    Private,
    /// <summary>Whatever is proposed that no other service knows: also classes newer than this program.</summary>
    Any,
}
