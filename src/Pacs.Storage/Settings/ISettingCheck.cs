using Pacs.Storage.Hosting;

namespace Pacs.Storage.Settings;

/// <summary>What options alone do not tell of a change: whether it does harm to what is there.</summary>
internal interface ISettingCheck
{
    /// <summary>What is wrong with going from one to the other, for a person; empty when nothing is.</summary>
    Task<IReadOnlyList<string>> FaultsAsync(PacsOptions now, PacsOptions next, CancellationToken cancellation);
}
