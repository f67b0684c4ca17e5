using Microsoft.Extensions.Configuration;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Settings;

/// <summary>Options from a configuration outside of the start, by the same rules.</summary>
internal static class OptionsBinding
{
    /// <summary>The options, or all that is wrong with them.</summary>
    public static (PacsOptions? Options, IReadOnlyList<string> Faults) Bind(IConfiguration configuration)
    {
        var (good, misspelt) = SettingsSpelling.Check(configuration.GetSection(PacsOptions.Section));
        try
        {
            var options = good.Get<PacsOptions>(o => o.ErrorOnUnknownConfiguration = true) ?? new PacsOptions();
            var result = new PacsOptionsValidator(misspelt).Validate(null, options);
            return result.Failed ? (null, [.. result.Failures]) : (options, []);
        }
        catch (InvalidOperationException e)
        {
            return (null, [.. misspelt, e.Message]);
        }
    }
}
