using System.Text;
using System.Text.Json;
using Pacs.Api.Negotiation;
using Pacs.Api.Stow;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Images;
using Pacs.Dicom.Json;
using Pacs.Dicom.Parsing;
using Pacs.Fuzz.Tests.Fuzzing;
using Pacs.Storage.Multipart;
using Pacs.TestKit.Samples;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>Metadata that refer to bulk data: what is made of them is a data set that can be read, or they are refused.</summary>
internal sealed class StoreMetadataTarget : FuzzTarget
{
    private static readonly DatasetLimits Limits = new() { MaxInlineTotal = 1 << 20 };

    private static readonly (string MediaType, string Place, byte[] Data)[] Bulk =
    [
        ("image/jpeg", "jpeg", SampleImages.Jpeg(30, 40)), ("image/png", "png", SampleImages.Png(4, 3, 8, 0, new byte[12])), ("application/octet-stream", "octets", new byte[24]),
        ("application/pdf", "pdf", [.. "%PDF"u8]), ("image/jpeg", "frames", SampleImages.Jpeg(30, 40)), ("image/jpeg", "frames", SampleImages.Jpeg(30, 40)), ("image/bmp", "bmp", [1, 2]),
    ];

    public override string Name => "store-metadata";

    public override IEnumerable<byte[]> Seeds { get; } =
    [
        [.. """[{"7FE00010":{"vr":"OB","BulkDataURI":"jpeg"}},{"00280010":{"vr":"US","Value":[30]},"7FE00010":{"vr":"OW","BulkDataURI":"frames"}}]"""u8],
        [.. """[{"7FE00010":{"vr":"OB","BulkDataURI":"png"},"00420011":{"vr":"OB","BulkDataURI":"pdf"},"00081140":{"vr":"SQ","Value":[{"00091002":{"vr":"OB","BulkDataURI":"octets"}}]}}]"""u8],
        [.. """[{"00020010":{"vr":"UI","Value":["1.2.840.10008.1.2.5"]},"00280002":{"vr":"US","Value":[1]},"00280004":{"vr":"CS","Value":["MONOCHROME2"]},"00280010":{"vr":"US","Value":[4]},"00280011":{"vr":"US","Value":[3]},"00280100":{"vr":"US","Value":[16]},"00280101":{"vr":"US","Value":[16]},"00280102":{"vr":"US","Value":[15]},"00280103":{"vr":"US","Value":[0]},"7FE00010":{"vr":"OW","BulkDataURI":"octets"}}]"""u8],
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } =
        [[.. "\"BulkDataURI\":\""u8], [.. "\"frames\""u8], [.. "\"bmp\""u8], [.. "\"octets\""u8], [.. "\"7FE00010\""u8], [.. "\"00280008\""u8], [.. "{}"u8], [.. "[["u8], [.. "},{"u8], [.. "\"OB\""u8], [.. "\"UT\""u8], [.. "65535"u8], [.. "-1"u8]];

    public override bool Run(byte[] input, Random random)
    {
        var made = false;
        foreach (var range in JsonMetadata.Split(input, 100, out _)) made |= Make(input.AsSpan(range));
        return made;
    }

    private static bool Make(ReadOnlySpan<byte> json)
    {
        var parts = new BulkParts(new Uri("http://host/dicomweb/studies"));
        foreach (var (type, place, data) in Bulk)
            parts.Add(new BulkPart(MediaType.Parse(type)!, parts.Normalize(place), new StreamedValue(data.Length, () => new MemoryStream(data)), null));
        try
        {
            var dataset = DicomJson.Read(json, keepBulkDataUris: true, Limits);
            var syntax = new MetadataAssembler(parts).Assemble(dataset, "1.2.3");
            using var output = new MemoryStream();
            StreamingDatasetWriter.Write(dataset, syntax, output.Write);
            try
            {
                Require(DatasetReader.Read(output.ToArray(), syntax).Count == dataset.Count, "What is written has every element.");
            }
            catch (DicomFormatException e)
            {
                throw new FuzzException($"What is written can be read: {e.Message} {Encoding.UTF8.GetString(json)}", e);
            }
            return true;
        }
        catch (Exception e) when (e is JsonException or AssemblyException or ImageFormatException)
        {
            return false;
        }
    }
}
