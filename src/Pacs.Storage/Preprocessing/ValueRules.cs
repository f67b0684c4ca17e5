using System.Globalization;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Preprocessing;

/// <summary>What values of a VR may be (PS3.5 Table 6.2-1).</summary>
internal static class ValueRules
{
    private const int MaxLength = 10240;

    /// <summary>Null when the text can be the value; else what it would be, to be read after "would be".</summary>
    /// <param name="vr">The VR.</param>
    /// <param name="text">Values with backslashes between; empty for none.</param>
    public static string? Fault(Vr vr, string text)
    {
        if (text.Length == 0) return null;
        if (text.Length > MaxLength) return $"longer than {MaxLength} characters.";
        var isOneText = vr is Vr.LT or Vr.ST or Vr.UT;
        if (text.Any(c => c is '\0' or '\u001B' || (char.IsControl(c) && !(isOneText && c is '\r' or '\n' or '\f' or '\t')))) return "of control characters.";
        return (isOneText || vr == Vr.UR ? [text] : text.Split('\\')).Select(v => FaultOfOne(vr, v)).FirstOrDefault(f => f is not null);
    }

    private static string? FaultOfOne(Vr vr, string value)
    {
        if (value.Length == 0) return null;
        var max = vr switch
        {
            Vr.AE or Vr.CS or Vr.SH or Vr.DS => 16,
            Vr.IS => 12,
            Vr.LO => 64,
            Vr.ST => 1024,
            _ => int.MaxValue,
        };
        if (value.EnumerateRunes().Count() > max) return $"longer than {max} characters, the most of {vr}.";
        return vr switch
        {
            Vr.AE when !AeTitle.IsValid(value) => "no AE title.",
            Vr.CS when value.Any(c => c is not (' ' or '_') && !char.IsAsciiLetterUpper(c) && !char.IsAsciiDigit(c)) => "no code: upper case letters, digits, spaces and underscores.",
            Vr.AS when value.Length != 4 || !value[..3].All(char.IsAsciiDigit) || value[3] is not ('D' or 'W' or 'M' or 'Y') => "no age, as 045Y.",
            Vr.DA when value.Length != 8 || !DicomDate.TryParse(value, out _) => "no date, YYYYMMDD.",
            Vr.TM when value.Contains(':', StringComparison.Ordinal) || !DicomTime.TryParse(value, out _) => "no time, HHMMSS.",
            Vr.DT when !DicomDateTime.TryParse(value, out _) => "no date and time, YYYYMMDDHHMMSS.",
            Vr.IS when !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => "no integer.",
            Vr.DS when !decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => "no number.",
            Vr.PN when value.Split('=') is var groups && (groups.Length > 3 || groups.Any(g => g.EnumerateRunes().Count() > 64 || g.Count(c => c == '^') > 4)) =>
                "no person name: up to three groups of up to 64 characters and five components.",
            Vr.US or Vr.UL or Vr.UV when !ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > Largest(vr) => "no number of its VR.",
            Vr.SS or Vr.SL or Vr.SV when !long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || (number < 0 ? -(number + 1) : number) > (long)(Largest(vr) / 2) => "no number of its VR.",
            Vr.FL or Vr.FD when !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number) => "no number.",
            Vr.AT or Vr.UI => "changed, which its VR does not allow.",
            _ => null,
        };
    }

    private static ulong Largest(Vr vr) => vr is Vr.US or Vr.SS ? ushort.MaxValue : vr is Vr.UL or Vr.SL ? uint.MaxValue : ulong.MaxValue;
}
