using System.Text.Json;

namespace Pacs.DictionaryGenerator;

/// <summary>An IOD of PS3.3 Annex A: what it is called, whose SOP classes use it, and the modules and functional group macros that it makes mandatory.</summary>
internal sealed record IodRow(string Name, IReadOnlyList<string> SopClasses, IReadOnlyList<string> Modules, IReadOnlyList<string> FunctionalGroups)
{
    /// <summary>Those of storage SOP classes.</summary>
    public static List<IodRow> ReadAll(string folder)
    {
        var (iods, sops) = (Rows(folder, "ciods.json"), Rows(folder, "sops.json"));
        var modules = Mandatory(folder, "ciod_to_modules.json", "moduleId");
        var groups = Mandatory(folder, "ciod_to_func_group_macros.json", "macroId");
        return [.. from iod in iods
                   let classes = sops.Where(s => s["ciod"] == iod["name"]).Select(s => s["id"]).ToList()
                   where classes.Count > 0
                   select new IodRow(iod["name"], classes, [.. modules[iod["id"]].Distinct()], [.. groups[iod["id"]].Distinct()])];
    }

    private static ILookup<string, string> Mandatory(string folder, string file, string property) =>
        Rows(folder, file).Where(r => r["usage"] == "M").ToLookup(r => r["ciodId"], r => r[property]);

    private static List<Dictionary<string, string>> Rows(string folder, string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, file)));
        return [.. json.RootElement.EnumerateArray().Select(e => e.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ToString()))];
    }
}
