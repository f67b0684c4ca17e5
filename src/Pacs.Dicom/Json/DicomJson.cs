using System.Buffers;
using System.Text.Json;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Parsing;

namespace Pacs.Dicom.Json;

/// <summary>
/// DICOM JSON Model (PS3.18 Annex F). IS and DS are numbers when their text is one, strings otherwise; an IS of more than 15
/// digits is a string, SV and UV are past 2⁵³; NaN and the infinities are strings.
/// </summary>
public static class DicomJson
{
    /// <summary>The media type of a data set, or of an array of them.</summary>
    public const string MediaType = "application/dicom+json";

    /// <summary>A thread keeps no more than this many bytes to write into.</summary>
    private const int MaxScratch = 1 << 20;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? Scratch;

    /// <summary>
    /// Writes one data set as a JSON object in UTF-8, whatever its own character set: (0008,0005), where present, says ISO_IR 192.
    /// Group 0002 and group lengths are left out.
    /// </summary>
    /// <param name="output">Where to.</param>
    /// <param name="dataset">What.</param>
    /// <param name="bulkDataUri">The BulkDataURI of a bulk element, given its place in the data set; null leaves the value out.</param>
    public static void Write(IBufferWriter<byte> output, DicomDataset dataset, Func<BulkPath, string?>? bulkDataUri = null) =>
        new DicomJsonWriter(output, bulkDataUri).Write(dataset);

    /// <inheritdoc cref="Write(IBufferWriter{byte}, DicomDataset, Func{BulkPath, string?}?)"/>
    public static void Write(Utf8JsonWriter writer, DicomDataset dataset, Func<BulkPath, string?>? bulkDataUri = null)
    {
        var buffer = Scratch ?? new ArrayBufferWriter<byte>(16 * 1024);
        Scratch = null;
        Write(buffer, dataset, bulkDataUri);
        writer.WriteRawValue(buffer.WrittenSpan, skipInputValidation: true);
        if (buffer.Capacity > MaxScratch) return;
        buffer.ResetWrittenCount();
        Scratch = buffer;
    }

    /// <summary>Reads one JSON object. The data set's text is in UTF-8; (0008,0005) says so where it is needed.</summary>
    /// <param name="utf8">All of it.</param>
    /// <param name="keepBulkDataUris">An attribute with a BulkDataURI becomes a <see cref="BulkDataReference"/>; otherwise it is refused.</param>
    /// <param name="limits">Depth, number of elements and bytes of values.</param>
    /// <exception cref="JsonException">Not a DICOM JSON object, or over a limit. The message names the attribute, never a value.</exception>
    public static DicomDataset Read(ReadOnlySpan<byte> utf8, bool keepBulkDataUris = false, DatasetLimits? limits = null) =>
        DicomJsonReader.Read(utf8, keepBulkDataUris, limits ?? DatasetLimits.Default);
}
