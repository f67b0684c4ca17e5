namespace Pacs.Dicom.Net;

/// <summary>What a service accepts for one abstract syntax.</summary>
/// <param name="AbstractSyntax">SOP Class UID, as a rule.</param>
/// <param name="TransferSyntaxes">UIDs accepted, best first.</param>
public sealed record ServiceContext(string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes)
{
    public TransferSyntaxOrder Order { get; init; }

    /// <summary>The requestor may send requests. Default true.</summary>
    public bool RequestorMayBeScu { get; init; } = true;

    /// <summary>The requestor may ask to be sent requests, as a C-GET client does for storage classes. Default false.</summary>
    public bool RequestorMayBeScp { get; init; }

    /// <summary>A requestor that says nothing of roles gets that of the SCP as well: many that come to report a storage commitment do not name theirs. Default false.</summary>
    public bool AssumesScp { get; init; }
}
