using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Primitives;
using Pacs.Fuzz.Tests.Fuzzing;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>Text in every character set, and what is made of it: names, dates, times. The first line of an input is (0008,0005).</summary>
internal sealed class TextTarget : FuzzTarget
{
    public override string Name => "text";

    public override IEnumerable<byte[]> Seeds { get; } =
    [
        [.. "ISO_IR 100\nBuc^J\u00e9r\u00f4me"u8],
        [.. "\\ISO 2022 IR 87\nYamada^Tarou="u8, 0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42, .. "^"u8, 0x1B, 0x24, 0x42, 0x42, 0x40, 0x4F, 0x3A, 0x1B, 0x28, 0x42],
        [.. "\\ISO 2022 IR 149\nHong^Gildong="u8, 0x1B, 0x24, 0x29, 0x43, 0xFB, 0xF3, .. "^"u8, 0x1B, 0x24, 0x29, 0x43, 0xD1, 0xCE, 0xD4, 0xD7],
        [.. "GB18030\nWang^XiaoDong="u8, 0xCD, 0xF5, .. "^"u8, 0xD0, 0xA1, 0xB6, 0xAB],
        [.. "ISO_IR 192\n20200101-20201231\\120000.123456\\20200101120000.1+0100"u8],
        [.. "ISO_IR 13\nYamada*^T?rou"u8],
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } = [[0x1B, 0x24, 0x42], [0x1B, 0x28, 0x4A], [0x1B, 0x24, 0x29, 0x43], [0x1B, 0x2D, 0x41], [0x1B], [.. "^"u8], [.. "="u8], [.. "\\"u8], [.. "ISO 2022 IR 58"u8], [0x81, 0x30, 0x81, 0x30]];

    public override bool Run(byte[] input, Random random)
    {
        var line = input.AsSpan().IndexOf((byte)'\n');
        if (line < 0) return false;
        var set = SpecificCharacterSet.Parse(input.AsSpan(0, line));
        var bytes = input.AsSpan(line + 1);
        foreach (var vr in new[] { Vr.PN, Vr.LT, Vr.LO, Vr.UC, Vr.CS })
        {
            var text = set.Decode(bytes, vr);
            Require(text.Length <= 4 * bytes.Length + 16, "Text is not much longer than its bytes.");
            _ = PersonName.Parse(text).ToString();
            _ = PersonName.Fold(text);
            var encoded = set.Encode(text, vr);
            if (set.CanEncode(text) && vr == Vr.LT) Require(set.Decode(encoded, vr) == text, "What can be encoded comes back.");
            _ = DicomDate.TryParseRange(text, out _);
            _ = DicomTime.TryParseRange(text, out _);
            _ = DicomDateTime.TryParseRange(text, TimeSpan.Zero, out _);
            _ = Uid.IsAcceptable(text) && Uid.IsValid(text);
            _ = AeTitle.TryParse(text, out _);
        }
        return true;
    }
}
