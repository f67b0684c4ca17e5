using Pacs.Dicom.Datasets;
using Pacs.Dicom.Parsing;
using Pacs.Fuzz.Tests.Fuzzing;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>Headers and frame tables as the index keeps them: a damaged one is refused, it does no harm.</summary>
internal sealed class CompactHeaderTarget : FuzzTarget
{
    public override string Name => "header";

    public override IEnumerable<byte[]> Seeds { get; } = [.. SeedDatasets.All(isEncapsulated: false).Concat(SeedDatasets.All(isEncapsulated: true)).Select(CompactHeader.Encode)];

    public override bool Run(byte[] input, Random random)
    {
        Decode(() => FrameTable.Decode(input).Encode());
        return Decode(() => CompactHeader.Encode(CompactHeader.Decode(input)));
    }

    private static bool Decode(Action decode)
    {
        try
        {
            decode();
            return true;
        }
        catch (DicomFormatException)
        {
            return false;
        }
    }
}
