using System.Globalization;
using System.Text.Json;

namespace Pacs.DictionaryGenerator;

/// <summary>One row of PS3.6 §6–8. A digit X of a repeating group stands as 0 in the group, as 1 in the element number.</summary>
internal sealed record DataElementRow(uint Tag, bool IsRepeating, string Vr, string Vm, string Keyword, string Name, bool IsRetired)
{
    public static List<DataElementRow> ReadAll(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. json.RootElement.EnumerateArray().Select(Read).Where(row => row.Keyword.Length > 0)];
    }

    private static DataElementRow Read(JsonElement json)
    {
        string Text(string property) => json.GetProperty(property).GetString() ?? "";
        var tag = Text("tag").ToUpperInvariant();
        var digits = tag[1..5].Replace('X', '0') + tag[6..10].Replace('X', '1');
        return new DataElementRow(uint.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture), tag.Contains('X', StringComparison.Ordinal),
            Text("valueRepresentation"), Text("valueMultiplicity"), Text("keyword"), Text("name"), Text("retired") == "Y");
    }

    /// <summary>
    /// The VR where the standard gives a choice. OW is what Implicit VR means (PS3.5 §A.1); US stands for US or SS, marked
    /// because Pixel Representation decides. Items and delimiters have none.
    /// </summary>
    public (string Vr, bool IsSignedByPixelRepresentation) SingleVr => Vr switch
    {
        "US or SS" => ("US", true),
        _ when Vr.EndsWith("or OW", StringComparison.Ordinal) => ("OW", false),
        { Length: 2 } => (Vr, false),
        _ => ("None", false),
    };
}
