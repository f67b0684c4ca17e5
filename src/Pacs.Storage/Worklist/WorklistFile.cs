using System.Text.Json;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Files;
using Pacs.Dicom.Json;
using Pacs.Dicom.Parsing;

namespace Pacs.Storage.Worklist;

/// <summary>Reads worklist items as others keep and send them: DICOM JSON, or <c>.wl</c> files as DCMTK's wlmscpfs has them, with file meta or bare.</summary>
public static class WorklistFile
{
    /// <summary>Bytes of a body or file: ten thousand items and more.</summary>
    public const int MaxLength = 32 * 1024 * 1024;

    /// <summary>Items of a body or file.</summary>
    public const int MaxItems = 10_000;

    private static readonly DatasetLimits Limits = new() { MaxInlineTotal = MaxLength, MaxElements = 2_000_000, MaxInflatedLength = MaxLength };

    /// <summary>Reads either of them.</summary>
    /// <exception cref="WorklistException">Neither of them, or broken.</exception>
    public static IReadOnlyList<DicomDataset> Read(ReadOnlyMemory<byte> bytes) =>
        bytes.Span.TrimStart("\uFEFF"u8).TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] ? ReadJson(bytes.Span.TrimStart("\uFEFF"u8), out _) : [ReadDicom(bytes)];

    /// <summary>One data set as a DICOM file, or bare.</summary>
    /// <exception cref="WorklistException">Not DICOM, or broken.</exception>
    public static DicomDataset ReadDicom(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var stream = new MemoryStream(bytes.ToArray(), writable: false);
            return DicomFile.Read(stream, Limits).Dataset;
        }
        catch (DicomFormatException e)
        {
            throw new WorklistException($"Not a DICOM data set: {e.Message}");
        }
    }

    /// <summary>An object, or an array of them.</summary>
    /// <param name="utf8">All of it.</param>
    /// <param name="isArray">It was an array.</param>
    /// <exception cref="WorklistException">Not DICOM JSON.</exception>
    public static IReadOnlyList<DicomDataset> ReadJson(ReadOnlySpan<byte> utf8, out bool isArray)
    {
        isArray = false;
        try
        {
            var json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 256 });
            json.Read();
            isArray = json.TokenType == JsonTokenType.StartArray;
            if (!isArray) return [DicomJson.Read(utf8, limits: Limits)];
            var datasets = new List<DicomDataset>();
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (datasets.Count == MaxItems) throw new WorklistException($"There are more than {MaxItems} items: send them in parts.");
                var begin = (int)json.TokenStartIndex;
                json.Skip();
                datasets.Add(DicomJson.Read(utf8[begin..(int)json.BytesConsumed], limits: Limits));
            }
            if (json.Read()) throw new WorklistException("There is more behind the array.");
            return datasets;
        }
        catch (JsonException e)
        {
            throw new WorklistException($"Not DICOM JSON (PS3.18 Annex F): {e.Message}");
        }
    }
}
