using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Fuzz.Tests.Fuzzing;
using Pacs.TestKit.Samples;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>Files, with and without what they should begin with.</summary>
internal sealed class Part10Target : FuzzTarget
{
    public override string Name => "part10";

    public override IEnumerable<byte[]> Seeds { get; } =
    [
        SampleObjects.Ct(new SampleOptions { Rows = 2, Columns = 2 }).ToPart10(),
        SampleObjects.Ct(new SampleOptions { Rows = 2, Columns = 2 }).ToPart10()[128..],
        SampleObjects.StructuredReport().ToDatasetBytes(),
        SampleObjects.Encapsulated(new SampleOptions { Rows = 2, Columns = 2 }).ToPart10(),
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } = [.. SeedDatasets.Tokens, [2, 0, 0x10, 0, .. "UI"u8, 18, 0], [2, 0, 2, 1, .. "OB"u8, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F], [.. "DICM"u8]];

    public override bool Run(byte[] input, Random random)
    {
        try
        {
            ReadOnlySpan<byte> whole = input;
            Require(Part10Parser.TryRead(ref whole, isFinal: true, out var meta), "A whole file needs no more bytes.");
            Require(whole.Length <= input.Length && input.AsSpan(input.Length - whole.Length).SequenceEqual(whole), "What is left is the end of the file.");

            for (var length = random.Next(0, 16); length < input.Length; length += random.Next(1, 64))
            {
                ReadOnlySpan<byte> part = input.AsSpan(0, length);
                if (!Part10Parser.TryRead(ref part, isFinal: false, out var early))
                {
                    Require(part.Length == length, "What is not there yet consumes nothing.");
                    continue;
                }
                Require(early!.TransferSyntax == meta!.TransferSyntax && length - part.Length == input.Length - whole.Length, "A file begins the same however it comes.");
                break;
            }
            var file = DicomFile.Read(new MemoryStream(input), new DatasetLimits { KeepBulkData = true, MaxInlineTotal = 1 << 20, MaxInflatedLength = 1 << 20 });
            if (file.FileMeta.MediaStorageSopInstanceUid.Length > 0) DicomFile.Write(new MemoryStream(), file.FileMeta, file.Dataset);
            return true;
        }
        catch (DicomFormatException)
        {
            return false;
        }
    }
}
