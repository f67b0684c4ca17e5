using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Net;

/// <summary>A presentation context as negotiated (PS3.8 §7.1.1.13).</summary>
/// <param name="Id">Odd, 1 to 255.</param>
/// <param name="AbstractSyntax">SOP Class UID, as a rule.</param>
/// <param name="TransferSyntax">Of every data set in this context.</param>
public sealed record PresentationContext(byte Id, string AbstractSyntax, TransferSyntax TransferSyntax)
{
    /// <summary>The association requestor may send requests. The default role (PS3.7 §D.3.3.4).</summary>
    public bool RequestorIsScu { get; init; } = true;

    /// <summary>The association requestor may be sent requests: C-GET's C-STORE, N-EVENT-REPORT.</summary>
    public bool RequestorIsScp { get; init; }
}
