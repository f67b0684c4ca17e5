using System.Buffers;
using System.Text.Json;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Json;
using Pacs.Dicom.Parsing;
using Pacs.Fuzz.Tests.Fuzzing;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>DICOM JSON, as STOW-RS takes it.</summary>
internal sealed class JsonTarget : FuzzTarget
{
    private static readonly DatasetLimits Limits = new() { MaxInlineTotal = 1 << 20 };

    public override string Name => "json";

    public override IEnumerable<byte[]> Seeds { get; } =
    [
        .. SeedDatasets.All(isEncapsulated: false).Select(Write),
        [.. """{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Doe^John","Ideographic":"\u5c71\u7530","Phonetic":null}]},"00100020":{"vr":"LO","Value":[null,"a"]}}"""u8],
        [.. """{"00281052":{"vr":"DS","Value":[-1.5e3,"x"]},"00081115":{"vr":"SQ","Value":[{},null,{"0020000D":{"vr":"UI"}}]},"7FE00010":{"vr":"OW","InlineBinary":"AAEC"}}"""u8],
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        [.. "\"vr\""u8], [.. "\"Value\":["u8], [.. "\"InlineBinary\":\""u8], [.. "\"BulkDataURI\":\"x\""u8], [.. "null"u8], [.. "\"SQ\""u8], [.. "\"FD\""u8], [.. "\"UV\""u8],
        [.. "1e999"u8], [.. "-0"u8], [.. "\\ud800"u8], [.. "{"u8], [.. "}"u8], [.. "["u8], [.. "]"u8], [.. ","u8], [.. "\"NaN\""u8], [.. "18446744073709551616"u8],
    ];

    public override bool Run(byte[] input, Random random)
    {
        DicomDataset dataset;
        try
        {
            dataset = DicomJson.Read(input, limits: Limits);
        }
        catch (JsonException)
        {
            return false;
        }
        var written = Write(dataset);
        DicomDataset again;
        try
        {
            again = DicomJson.Read(written, limits: Limits);
        }
        catch (JsonException e)
        {
            throw new FuzzException($"What was written can be read: {e.Message}", e);
        }
        RequireEqual(written, Write(again), "What is read is written the same.");
        return true;
    }

    private static byte[] Write(DicomDataset dataset)
    {
        var buffer = new ArrayBufferWriter<byte>();
        DicomJson.Write(buffer, dataset);
        return buffer.WrittenSpan.ToArray();
    }
}
