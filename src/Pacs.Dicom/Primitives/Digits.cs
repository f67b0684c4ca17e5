namespace Pacs.Dicom.Primitives;

internal static class Digits
{
    /// <summary>A number of nothing but ASCII digits, as the VRs of dates and times have them.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        if (text.Length is 0 or > 9 || text.ContainsAnyExceptInRange('0', '9')) return false;
        foreach (var digit in text) number = number * 10 + (digit - '0');
        return true;
    }
}
