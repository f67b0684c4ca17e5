namespace Pacs.Dicom.Net;

/// <summary>A presentation context for a client to propose.</summary>
/// <param name="AbstractSyntax">SOP Class UID, as a rule.</param>
/// <param name="TransferSyntaxes">UIDs, best first.</param>
public sealed record ProposedContext(string AbstractSyntax, params IReadOnlyList<string> TransferSyntaxes)
{
    /// <summary>Ask to send requests of this class. Default true.</summary>
    public bool AsScu { get; init; } = true;

    /// <summary>Ask to be sent requests of this class too: C-GET needs it for the storage classes. An SCP sends N-EVENT-REPORT in this role. Default false.</summary>
    public bool AsScp { get; init; }
}
