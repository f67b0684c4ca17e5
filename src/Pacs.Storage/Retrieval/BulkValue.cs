using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Retrieval;

/// <summary>A value that metadata gives by reference.</summary>
/// <param name="Path">Its place in the data set, as in <see cref="Pacs.Dicom.Json.BulkPath"/>.</param>
/// <param name="Tag">The last tag of the path.</param>
/// <param name="Location">Its bytes. Of encapsulated data those of all fragments.</param>
public sealed record BulkValue(string Path, Tag Tag, FrameLocation Location)
{
    /// <summary>The value was kept as a sequence of fragments: it is in the object's transfer syntax, all others are uncompressed.</summary>
    public bool IsEncapsulated { get; init; }

    /// <summary>MIME Type of Encapsulated Document (0042,0012), of such a document; whatever its sender wrote there.</summary>
    public string? DocumentType { get; init; }

    /// <summary>Pixels of the object itself, not of an icon within.</summary>
    public bool IsPixelData => Path.Length == 8 && (Tag == Tags.PixelData || Tag == Tags.FloatPixelData || Tag == Tags.DoubleFloatPixelData);
}
