using Pacs.Api.Negotiation;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Images;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Stow;

/// <summary>A part of bulk data, as it was put aside.</summary>
/// <param name="MediaType">Its Content-Type; octets where it has none.</param>
/// <param name="Place">What metadata refer to it by; null when it has neither Content-Location nor Content-ID.</param>
/// <param name="Value">Its bytes.</param>
/// <param name="Fault">Why it cannot be used; null when it came whole.</param>
internal sealed record BulkPart(MediaType MediaType, string? Place, StreamedValue Value, string? Fault)
{
    private readonly Lazy<EncodedImage> _image = new(() => EncodedImage.Read(Value));

    /// <summary>The image or video that it is; read once, however many metadata refer to it.</summary>
    /// <exception cref="ImageFormatException">It is none that is known here, or broken.</exception>
    public EncodedImage Image => _image.Value;

    /// <summary>Some metadata refer to it.</summary>
    public bool IsUsed { get; set; }
}
