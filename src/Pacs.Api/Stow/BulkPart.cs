using Pacs.Api.Negotiation;
using Pacs.Dicom.Datasets;

namespace Pacs.Api.Stow;

/// <summary>A part of bulk data, as it was put aside.</summary>
/// <param name="MediaType">Its Content-Type; octets where it has none.</param>
/// <param name="Place">What metadata refer to it by; null when it has neither Content-Location nor Content-ID.</param>
/// <param name="Value">Its bytes.</param>
/// <param name="Fault">Why it cannot be used; null when it came whole.</param>
internal sealed record BulkPart(MediaType MediaType, string? Place, StreamedValue Value, string? Fault)
{
    /// <summary>Some metadata refer to it.</summary>
    public bool IsUsed { get; set; }
}
