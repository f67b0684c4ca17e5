using Npgsql;
using NpgsqlTypes;

namespace Pacs.Storage.Queries.Sql;

/// <summary>Values of a statement: each is sent apart from its text, which only has their numbers.</summary>
internal sealed class SqlParameters
{
    private readonly List<NpgsqlParameter> _parameters = [];

    public string Add(string value) => Add(new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Text });
    public string Add(IEnumerable<string> values) => Add(new NpgsqlParameter { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
    public string Add(long value) => Add(new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Bigint });
    public string Add(IEnumerable<long> values) => Add(new NpgsqlParameter { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });

    public void CopyTo(NpgsqlParameterCollection target)
    {
        foreach (var parameter in _parameters) target.Add(parameter.Clone());
    }

    private string Add(NpgsqlParameter parameter)
    {
        _parameters.Add(parameter);
        return $"${_parameters.Count}";
    }
}
