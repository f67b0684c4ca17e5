using System.Text.Json;

namespace Pacs.Storage.Jobs;

/// <summary>Parameters of jobs as they are written in JSON.</summary>
internal static class JobParameters
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <exception cref="JobRefusedException">They are none of this kind.</exception>
    public static T Read<T>(JsonElement? json) where T : new()
    {
        try
        {
            return json is { } parameters ? parameters.Deserialize<T>(Options) ?? new T() : new T();
        }
        catch (JsonException e)
        {
            throw new JobRefusedException(JobRefusal.Invalid, $"parameters{e.Path?.TrimStart('$')} cannot be read as it should be for this kind of job.");
        }
    }
}
